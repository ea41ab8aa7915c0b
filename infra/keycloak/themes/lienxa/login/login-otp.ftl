<#import "template.ftl" as layout>
<#assign wrong = messagesPerField.existsError("totp")>
<@layout.registrationLayout displayMessage=!wrong; section>
<#if section = "header">${msg("loginOtpTitle")}<#elseif section = "form">
<#if wrong>
<p class="message error" role="alert" id="fault">${kcSanitize(messagesPerField.get("totp"))?no_esc}</p>
</#if>
<form method="post" action="${url.loginAction}">
  <#if otpLogin.userOtpCredentials?size gt 1>
  <fieldset>
    <legend>${msg("loginOtpDevice")}</legend>
    <#list otpLogin.userOtpCredentials as device>
    <label class="check"><input type="radio" name="selectedCredentialId" value="${device.id}"<#if device.id == otpLogin.selectedCredentialId> checked</#if>> ${device.userLabel}</label>
    </#list>
  </fieldset>
  </#if>
  <label for="otp">${msg("loginOtpOneTime")}</label>
  <input id="otp" name="otp" required autofocus inputmode="numeric" autocomplete="one-time-code"<#if wrong> aria-describedby="fault"</#if>>
  <button type="submit">${msg("doLogIn")}</button>
</form>
<p class="hint">${msg("loginOtpLost")}</p>
</#if>
</@layout.registrationLayout>
