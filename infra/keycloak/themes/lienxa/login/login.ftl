<#import "template.ftl" as layout>
<#assign wrong = messagesPerField.existsError("username", "password")>
<@layout.registrationLayout displayMessage=!wrong; section>
<#if section = "header">${msg("loginAccountTitle")}<#elseif section = "form">
<#if wrong>
<p class="message error" role="alert" id="fault">${kcSanitize(messagesPerField.getFirstError("username", "password"))?no_esc}</p>
</#if>
<form method="post" action="${url.loginAction}">
  <#if !usernameHidden??>
  <label for="username">${msg("username")}</label>
  <input id="username" name="username" value="${(login.username!'')}" required autocomplete="username"
         autocapitalize="none" spellcheck="false"<#if !wrong> autofocus</#if><#if wrong> aria-describedby="fault"</#if>>
  </#if>
  <label for="password">${msg("password")}</label>
  <input id="password" name="password" type="password" required autocomplete="current-password"
         <#if wrong || usernameHidden??>autofocus</#if><#if wrong> aria-describedby="fault"</#if>>
  <input type="hidden" name="credentialId"<#if auth.selectedCredential?has_content> value="${auth.selectedCredential}"</#if>>
  <button type="submit">${msg("doLogIn")}</button>
</form>
<#if wrong>
<p class="hint">${msg("tooManyTries")}</p>
</#if>
<p class="hint">${msg("forgottenPassword")}</p>
<#elseif section = "socialProviders">
<#if realm.password && social?? && social.providers?has_content>
<section class="others" aria-labelledby="others">
  <h2 id="others">${msg("identity-provider-login-label")}</h2>
  <ul>
    <#list social.providers as provider>
    <li><a href="${provider.loginUrl}">${provider.displayName!provider.alias}</a></li>
    </#list>
  </ul>
</section>
</#if>
</#if>
</@layout.registrationLayout>
